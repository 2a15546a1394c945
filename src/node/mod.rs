//! Node's world without running it: where package managers keep global packages, and how Node
//! itself finds one package from another.

pub(crate) mod globals;
pub(crate) mod resolve;

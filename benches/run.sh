#!/usr/bin/env bash
# Measures codex-login against the codex it runs. Run by hand: benches/run.sh
#
# Needs hyperfine, GNU time, Node 20, and the codex 0.130.0 that `cargo test` downloads.
# Writes a Markdown table to standard output. Everything else stays in
# target/bench, which is laid out once and used again: delete it to start anew.
# It must not be below /tmp: codex treats homes there in its own way.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

readonly ROUNDS=5
readonly CODEX=codex-0.130.0-pnpm-10.34.9
readonly OPENCLAW=2026.5.12

fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$root/$1" ;;
  esac
}

command -v hyperfine >/dev/null || fail 'hyperfine is not on PATH' 'cargo install --locked hyperfine'
node=$(command -v node) || fail 'node is not on PATH' 'install Node.js 20 or later'
target=$(absolute "${CARGO_TARGET_DIR:-target}")
cache=$(absolute "${CODEX_LOGIN_TEST_CACHE:-$target/codex-login-cache}")
pnpm_home=$cache/$CODEX/pnpm
[ -f "$cache/$CODEX/complete" ] || fail "there is no $cache/$CODEX" \
  'cargo test    (with the same CODEX_LOGIN_TEST_CACHE)'
package=$pnpm_home/global/5/node_modules/@openai/codex
entry=$("$node" -p 'fs.realpathSync(process.argv[1])' "$package/bin/codex.js")
native=$(find "${entry%/@openai/codex/bin/codex.js}/@openai/" -follow \
  -path '*/vendor/*/codex/codex' -type f -print -quit)
[ -n "$native" ] || fail "there is no native binary beside $entry" "rm -r $cache/$CODEX && cargo test"

cargo build --release --locked >&2
program=$target/release/codex-login

# --- the scratch zones ------------------------------------------------------

scratch=$root/target/bench
results=$scratch/results
rm -rf "$results"
mkdir -p "$scratch/home" "$results"

# A state directory with this many agents, and the list of their homes. Each has
# a login that is obviously fake, good until 2100, and as long as a real one.
lay_out() {
  local zone=$scratch/zone-$1
  [ ! -f "$zone/homes" ] || return 0
  printf 'laying out %s agents\n' "$1" >&2
  rm -rf "$zone"
  "$node" - "$zone" "$1" <<'NODE'
const fs = require("node:fs");
const path = require("node:path");
const [zone, count] = [process.argv[2], Number(process.argv[3])];
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const padding = "fake-".repeat(250);
const jwt = (claims) => `${part({ alg: "none" })}.${part({ ...claims, padding })}.fake-signature`;
const auth = (id) => ({
  auth_mode: "chatgpt",
  OPENAI_API_KEY: null,
  tokens: {
    id_token: jwt({
      email: `${id}@example.test`,
      "https://api.openai.com/auth": {
        chatgpt_plan_type: "pro",
        chatgpt_account_id: `fake-account-${id}`,
      },
    }),
    access_token: jwt({ exp: 4102444800, jti: `fake-${id}` }),
    refresh_token: `fake-refresh-token-${id}`,
    account_id: `fake-account-${id}`,
  },
  last_refresh: new Date().toISOString(),
});
const ids = Array.from({ length: count }, (_, index) => `a${index + 1}`);
const homes = ids.map((id) => path.join(zone, "agents", id, "agent", "codex-home"));
ids.forEach((id, index) => {
  fs.mkdirSync(homes[index], { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(homes[index], "auth.json"), JSON.stringify(auth(id)), { mode: 0o600 });
});
const config = { agents: { list: ids.map((id) => ({ id })) } };
fs.writeFileSync(path.join(zone, "openclaw.json"), JSON.stringify(config, null, 2));
fs.writeFileSync(path.join(zone, "homes"), homes.map((home) => `${home}\n`).join(""));
NODE
}

lay_out 100
lay_out 2000
home_of_a1=$scratch/zone-100/agents/a1/agent/codex-home

# A state directory whose 1,000 agents have a login and a store with a profile each, beside the main
# store that all inherit.
lay_out_stores() {
  lay_out 1000
  [ ! -f "$scratch/zone-1000/stores" ] || return 0
  "$node" - "$scratch/zone-1000" <<'NODE'
const fs = require("node:fs");
const path = require("node:path");
const zone = process.argv[2];
const padding = "fake-".repeat(300);
const ids = ["main", ...Array.from({ length: 1000 }, (_, index) => `a${index + 1}`)];
for (const id of ids) {
  const dir = path.join(zone, "agents", id, "agent");
  const profile = {
    type: "oauth",
    provider: "openai-codex",
    access: `fake-access-${id}-${padding}`,
    refresh: `fake-profile-refresh-${id}`,
    idToken: `fake-id-${id}-${padding}`,
    expires: 4102444800000,
  };
  const store = { version: 1, profiles: { [`openai-codex:${id}@example.test`]: profile } };
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(dir, "auth-profiles.json"), JSON.stringify(store), { mode: 0o600 });
}
fs.writeFileSync(path.join(zone, "stores"), "");
NODE
}

lay_out_stores

# A store of pnpm's with 20,000 packages, codex among them: one PNPM_HOME in which a live link leads
# to it, and one in which none does.
lay_out_store() {
  local home=$scratch/pnpm-$1 entries=20000
  [ ! -f "$home/laid-out" ] || return 0
  printf 'laying out a store of %s entries\n' "$entries" >&2
  rm -rf "$home"
  mkdir -p "$home/global/5/.pnpm" "$home/global/5/node_modules/@openai"
  (
    cd "$home/global/5/.pnpm"
    seq -f 'package-%.0f@1.0.0/node_modules/package' "$entries" | xargs mkdir -p
    cp -R "$pnpm_home"/global/5/.pnpm/@openai+codex@* .
  )
  [ "$1" = orphaned ] || ln -s ../../.pnpm/@openai+codex@0.130.0/node_modules/@openai/codex \
    "$home/global/5/node_modules/@openai/codex"
  touch "$home/laid-out"
}

lay_out_store live
lay_out_store orphaned

# --- the measurements -------------------------------------------------------

cores=$(getconf _NPROCESSORS_ONLN)
path=$(dirname "$node"):/usr/bin:/bin
hyperfine=$(command -v hyperfine)
gnu_time=$(type -P time) || fail 'GNU time is not on PATH' 'apt-get install time'
round=0
settings=()

# Runs a command this many times, with `settings` for its only variables. Before the command an option of
# hyperfine's may stand.
measure() {
  local name=$1 runs=$2
  shift 2
  local options=()
  while [[ $1 == --* ]]; do
    options+=("$1")
    shift
  done
  local log=$results/$name.log
  env -i HOME="$scratch/home" PATH="$path" "${settings[@]}" \
    "$hyperfine" -N --style none --warmup 1 --runs "$runs" "${options[@]}" \
    --export-json "$results/$name.$round.json" "$(printf '%q ' "$@")" >"$log" 2>&1 || {
    cat "$log" >&2
    fail "$name could not be measured" "look at $log"
  }
}

# Notes the most memory that a command had, in kilobytes.
memory() {
  local name=$1
  shift
  env -i HOME="$scratch/home" PATH="$path" "${settings[@]}" \
    "$gnu_time" -q -f %M -o "$results/$name.$round.memory" "$@" >/dev/null 2>&1 || true
}

zone() {
  settings=(
    OPENCLAW_STATE_DIR="$scratch/zone-$1" PNPM_HOME="$pnpm_home"
    CODEX_LOGIN_OPENCLAW_VERSION="$OPENCLAW"
  )
}

# What one would write by hand: its arguments, in every home, as many at a time
# as there are cores.
loop="xargs -P $cores -I {} env CODEX_HOME={} \"\$@\" <$(printf %q "$scratch/zone-100/homes")"

# The rounds take turns, so that what else the machine does hits all alike.
for ((round = 1; round <= ROUNDS; round++)); do
  printf 'round %s of %s\n' "$round" "$ROUNDS" >&2
  zone 100
  measure version 40 "$program" --version
  measure one 30 "$program" status --agent a1
  settings=(CODEX_HOME="$home_of_a1")
  measure one-native 30 "$native" login status
  measure one-node 30 "$node" "$entry" login status

  zone 100
  measure hundred 1 "$program" status --all-agents
  settings=()
  measure hundred-native 1 /bin/sh -c "$loop" loop "$native" login status
  measure hundred-node 1 /bin/sh -c "$loop" loop "$node" "$entry" login status

  zone 2000
  measure offline 10 "$program" status --all-agents --offline

  # Profiles go before the logins, so that it ends with 3.
  zone 1000
  measure copies 10 --ignore-failure "$program" doctor --json --offline
  memory copies "$program" doctor --json --offline

  # The same number of agents out of 20 included files, in JSON5, with a variable in each.
  included=$scratch/included
  mkdir -p "$included/parts"
  "$node" - "$included" <<'ROSTER'
const fs = require("node:fs");
const dir = process.argv[2];
const parts = [];
for (let part = 0; part < 20; part += 1) {
  const agents = [];
  for (let agent = 0; agent < 100; agent += 1) {
    const id = part * 100 + agent;
    agents.push(`{ id: 'agent-${id}', agentDir: '\${BASE}/a${id}', name: "Agent ${id}", },`);
  }
  fs.writeFileSync(`${dir}/parts/${part}.json5`, `// part ${part}\n{ agents: { list: [\n${agents.join("\n")}\n] } }\n`);
  parts.push(`./parts/${part}.json5`);
}
fs.writeFileSync(`${dir}/openclaw.json`, `{ $include: ${JSON.stringify(parts)}, env: { vars: { BASE: "/srv" } }, }`);
ROSTER
  measure roster 20 "$program" agents --json --state-dir "$included" --openclaw-version 2026.5.12

  for store in live orphaned; do
    zone 100
    settings+=(PNPM_HOME="$scratch/pnpm-$store")
    measure "store-$store" 20 "$program" which --agent a1
  done
done

# --- the table --------------------------------------------------------------

size=$(wc -c <"$program")
"$node" - "$results" "$size" "$cores" <<'NODE'
const fs = require("node:fs");
const path = require("node:path");
const [results, size, cores] = process.argv.slice(2);
const median = (name) => {
  const files = fs.readdirSync(results).filter((file) => new RegExp(`^${name}\\.\\d+\\.json$`).test(file));
  const read = (file) => JSON.parse(fs.readFileSync(path.join(results, file), "utf8")).results[0].times;
  const times = files.flatMap(read).sort((one, other) => one - other);
  const middle = times.length >> 1;
  return times.length % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
};
const memory = (name) => {
  const files = fs.readdirSync(results).filter((file) => file.startsWith(`${name}.`) && file.endsWith(".memory"));
  return Math.max(...files.map((file) => Number(fs.readFileSync(path.join(results, file), "utf8"))));
};
const time = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`);
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);
const limit = (value, most, aim) => `${aim}: ${value <= most ? "met" : "MISSED"}`;
const times = (name, base) => `${(median(name) / median(base)).toFixed(2)} x`;
const plain = (what, name, base) =>
  row(what, time(median(name)), base ? times(name, base) : "1", "");
const aimed = (what, name, base, most) =>
  row(what, time(median(name)), times(name, base), limit(median(name) / median(base), most, `at most ${most} x`));

row("what", "median", "ratio", "aim");
row("---", "---:", "---:", "---");
row("`codex-login --version`", time(median("version")), "", limit(median("version"), 0.003, "under 3 ms"));
row("size of the binary", `${(size / 1e6).toFixed(2)} MB`, "", limit(size, 1e7, "under 10 MB"));
plain("one agent: native codex, `login status`", "one-native");
aimed("one agent: `codex-login status`", "one", "one-native", 1.15);
plain("one agent: `node codex.js login status`", "one-node", "one-native");
plain(`100 agents: \`xargs -P ${cores}\` of \`node codex.js\``, "hundred-node");
aimed("100 agents: `codex-login status`", "hundred", "hundred-node", 0.6);
plain(`100 agents: \`xargs -P ${cores}\` of native codex`, "hundred-native", "hundred-node");
row("2,000 agents: `codex-login status --offline`", time(median("offline")), "", limit(median("offline"), 0.1, "under 0.1 s"));
row("1,000 agents with a store each: `codex-login doctor --json --offline`", time(median("copies")), "", limit(median("copies"), 1, "under 1 s"));
row("the memory that takes", `${(memory("copies") / 1e3).toFixed(1)} MB`, "", limit(memory("copies"), 60e3, "under 60 MB"));
row("`codex-login which`, a live link beside a store of 20,000", time(median("store-live")), "", limit(median("store-live"), 0.005, "under 5 ms"));
row("`codex-login which`, the same store without a live link", time(median("store-orphaned")), "", limit(median("store-orphaned"), 0.03, "under 30 ms"));
row("2,000 agents in 20 included files: `codex-login agents --json`", time(median("roster")), "", limit(median("roster"), 0.06, "under 60 ms"));
NODE

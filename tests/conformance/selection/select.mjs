// Asks an installed OpenClaw, by its own function, which auth profile it would give to codex's
// app-server. One process answers many questions.
//
// Usage: node select.mjs DIST QUESTIONS ANSWERS

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const NAME = "resolveCodexAppServerAuthProfileIdForAgent";
// In later versions the codex plugin is a package of its own, and puts its function together from
// these two of OpenClaw's.
const SDK = "plugin-sdk/provider-auth.js";

const [dist, questions, answers] = process.argv.slice(2);

async function selection() {
  for (const name of readdirSync(dist).filter((name) => name.startsWith("shared-client-"))) {
    const file = join(dist, name);
    const text = readFileSync(file, "utf8");
    if (!name.endsWith(".js") || !text.includes(`function ${NAME}(`)) continue;
    const alias = text.match(new RegExp(`\\b${NAME} as (\\w+)`))?.[1] ?? NAME;
    return (await import(pathToFileURL(file)))[alias];
  }
  const { ensureAuthProfileStore, resolveAuthProfileOrder } = await import(
    pathToFileURL(join(dist, SDK))
  );
  return ({ agentDir, config }) => {
    const options = { allowKeychainPrompt: false, config, externalCliProviderIds: ["openai"] };
    const store = ensureAuthProfileStore(agentDir, options);
    return resolveAuthProfileOrder({ cfg: config, store, provider: "openai" })[0]?.trim();
  };
}

const select = await selection();
const told = [];
for (const { env, config, agent_dir } of JSON.parse(readFileSync(questions, "utf8"))) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  try {
    told.push({ selected: (await select({ agentDir: agent_dir, config })) ?? null });
  } catch (error) {
    told.push({ error: String(error?.stack ?? error) });
  }
}
writeFileSync(answers, JSON.stringify(told));
process.exit(0);

// Tries kmtop with the TypeScript SDK's client (npm `@modelcontextprotocol/sdk` 1.32.2), which this project did not write.
//
//   node check.mjs path/to/kmtop
//
// Run from a folder whose node_modules has the SDK. Over streamable HTTP with the token, and over stdio carried to that server: list
// the tools, call some, read resources, get prompts, complete, follow a variable, hear log messages, run a macro as a task, hear of progress,
// cancel. Exits with 0 when everything held.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

// The SDK lies where this was started, not where this file is.
const here = createRequire(join(process.cwd(), "check.cjs"));
const load = (name) => import(pathToFileURL(here.resolve(`@modelcontextprotocol/sdk/client/${name}.js`)));
const [{ Client }, { StreamableHTTPClientTransport }, { StdioClientTransport }] = await Promise.all(
  ["index", "streamableHttp", "stdio"].map(load),
);
const { CallToolResultSchema, LoggingMessageNotificationSchema, ResourceUpdatedNotificationSchema } = await import(
  pathToFileURL(here.resolve("@modelcontextprotocol/sdk/types.js"))
);

const library = resolve(dirname(fileURLToPath(import.meta.url)), "../../../assets/sample.kmmacros");
const kmtop = resolve(process.argv[2]);

async function exercise(transport, value) {
  const client = new Client({ name: "check", version: "1" });
  await client.connect(transport);
  const call = async (name, args = {}) => (await client.callTool({ name, arguments: args })).structuredContent;

  const names = (await client.listTools()).tools.map((tool) => tool.name);
  for (const name of ["km_run_macro", "km_set_variable", "health_check"]) assert(names.includes(name), `${name} is not listed`);

  assert.equal((await call("km_run_macro", { macro: "Greet", parameter: "Ada" })).result, "Hello, Ada!");
  await call("km_set_variable", { name: "Check Value", value });
  assert.equal((await call("km_get_variable", { name: "Check Value" })).value, value);
  assert((await client.callTool({ name: "km_run_macro", arguments: { macro: "No Such Macro" } })).isError);

  await besideTools(client, call);

  const abort = new AbortController();
  let told;
  const progress = new Promise((done) => (told = done));
  const hung = client.callTool({ name: "km_run_macro", arguments: { macro: "Hung Export" } }, undefined, {
    onprogress: told,
    signal: abort.signal,
    timeout: 30_000,
  });
  assert((await progress).progress > 0);
  assert.equal((await call("pool_status")).busy, 1);
  abort.abort("enough");
  await assert.rejects(hung);
  const end = Date.now() + 10_000;
  while ((await call("pool_status")).busy !== 0) {
    assert(Date.now() < end, "the worker is not free 10 s after its call was cancelled");
    await new Promise((done) => setTimeout(done, 50));
  }
  await client.close();
}

// Resources, prompts, completion, log messages, subscriptions, tasks.
async function besideTools(client, call) {
  const { resources } = await client.listResources();
  const greet = resources.find((resource) => resource.name === "Greet");
  assert(greet?.uri.startsWith("macro://"), "the macro Greet is no resource");
  const read = async (uri) => (await client.readResource({ uri })).contents[0].text;
  assert.equal(JSON.parse(await read(greet.uri)).name, "Greet");
  assert(JSON.parse(await read("kmtop://frame")).version);
  await assert.rejects(read("macro://no-such"));
  assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 2);

  const { prompts } = await client.listPrompts();
  assert(prompts.some((prompt) => prompt.name === "diagnose_slowness"));
  const { messages } = await client.getPrompt({ name: "explain_macro", arguments: { macro: "Greet" } });
  assert(JSON.stringify(messages).includes("Greet"));
  const ref = { type: "ref/prompt", name: "explain_macro" };
  const { completion } = await client.complete({ ref, argument: { name: "macro", value: "gree" } });
  assert.deepEqual(completion.values, ["Greet"]);

  const updated = new Promise((done) =>
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => done(params.uri)),
  );
  await client.subscribeResource({ uri: "variable://Check%20Followed" });
  await call("km_set_variable", { name: "Check Followed", value: "1" });
  assert.equal(await updated, "variable://Check%20Followed");
  await client.unsubscribeResource({ uri: "variable://Check%20Followed" });

  const warned = new Promise((done) => client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => done(params)));
  await client.setLoggingLevel("info");
  await client.callTool({ name: "km_run_macro", arguments: { macro: "No Such Macro" } });
  assert.equal((await warned).level, "warning");
  await client.setLoggingLevel("emergency");

  const seen = [];
  const task = { name: "km_run_macro", arguments: { macro: "Greet", parameter: "Ada" } };
  for await (const message of client.experimental.tasks.callToolStream(task, CallToolResultSchema, { task: { ttl: 120_000 } })) {
    seen.push(message);
  }
  assert.equal(seen[0].type, "taskCreated");
  assert.equal(seen.at(-1).type, "result", JSON.stringify(seen.at(-1)));
  assert.equal(seen.at(-1).result.structuredContent.result, "Hello, Ada!");
  const { tasks } = await client.experimental.tasks.listTasks();
  assert(tasks.some((listed) => listed.taskId === seen[0].task.taskId && listed.status === "completed"));
  const long = client.experimental.tasks.callToolStream(
    { name: "km_run_macro", arguments: { macro: "Hung Export" } },
    CallToolResultSchema,
    { task: {} },
  );
  const { taskId } = (await long.next()).value.task;
  assert.equal((await client.experimental.tasks.cancelTask(taskId)).status, "cancelled");
  await long.return();
}

// Short, because a control socket lies below it.
const home = mkdtempSync("/tmp/km");
const environment = { ...process.env, KMTOP_HOME: home };
mkdirSync(home, { recursive: true });
writeFileSync(join(home, "config.toml"), `[engine]\nlibrary = [${JSON.stringify(library)}]\n`, { mode: 0o600 });
const server = spawn(kmtop, ["--serve", "--listen", "127.0.0.1:0"], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
try {
  let url;
  for await (const line of createInterface({ input: server.stderr })) {
    url = line.match(/^kmtop listening on (http:\S+)$/)?.[1];
    if (url) break;
  }
  assert(url, "the server ended before it was ready");
  const { token_file } = JSON.parse(readFileSync(join(home, "state/server.json"), "utf8"));
  const token = readFileSync(token_file, "utf8").trim();
  const headers = { Authorization: `Bearer ${token}` };
  await exercise(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }), 'over http: "é" 漢\n');
  console.log("ok: typescript sdk, http");
  const stdio = { command: kmtop, args: ["--serve", "--stdio"], env: environment, stderr: "inherit" };
  await exercise(new StdioClientTransport(stdio), 'over a pipe: "é" 漢\n');
  console.log("ok: typescript sdk, stdio");
} finally {
  server.kill("SIGTERM");
  if (server.exitCode === null) await once(server, "exit");
  rmSync(home, { recursive: true, force: true });
}

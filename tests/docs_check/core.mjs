// What GitHub's own @actions/core writes for calls that a job on stdin asks for: [{name, arguments, files}].
// Answers on stdout: a list of {stdout, files}. `files` says whether there are files behind GITHUB_OUTPUT and
// its like; without them core falls back on commands.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as core from "@actions/core";
import { issueCommand } from "./node_modules/@actions/core/lib/command.js";

const KINDS = ["OUTPUT", "STATE", "ENV"];
const folder = mkdtempSync(join(tmpdir(), "core-"));
const say = process.stdout.write.bind(process.stdout);

function called({ name, arguments: given, files }) {
  for (const kind of KINDS) {
    writeFileSync(join(folder, kind), "");
    process.env[`GITHUB_${kind}`] = files ? join(folder, kind) : "";
  }
  let stdout = "";
  process.stdout.write = (text) => {
    stdout += text;
    return true;
  };
  (name === "issueCommand" ? issueCommand : core[name])(...given);
  process.stdout.write = say;
  const written = KINDS.map((kind) => [kind.toLowerCase(), readFileSync(join(folder, kind), "utf8")]);
  return { stdout, files: Object.fromEntries(written) };
}

try {
  const answers = JSON.parse(readFileSync(0, "utf8")).map(called);
  say(JSON.stringify(answers));
} finally {
  rmSync(folder, { recursive: true });
}

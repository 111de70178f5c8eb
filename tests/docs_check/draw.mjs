// Reads a job on stdin, draws it in a headless Chromium that has no network, and tells on stdout how it went.
//
//   in:  {browser, blocks: [{name, text}], pages: [{name, html, png}]}
//   out: {versions, blocks: [{name, problem}], pages: [{name, problems, width, height}]}
//
// `png` is where the picture goes, null for none. What can't be done for a block or a page is its problem; what
// can't be done at all ends with a line on stderr and exit code 1.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { chromium } from "playwright-core";
import UPNG from "upng-js";
import { drawBlock, drawPage, foldPage, measurePage, missingSigns, setUp } from "./in_page.mjs";

const require = createRequire(import.meta.url);
const mermaidScript = require.resolve("mermaid/dist/mermaid.min.js");
const markdownStyle = readFileSync(require.resolve("github-markdown-css/github-markdown-light.css"), "utf8");
const frameStyle = readFileSync(new URL("frame.css", import.meta.url), "utf8");

const flags = [
  "--no-sandbox", // as root, as in most containers; the pages are ours
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--font-render-hinting=none",
  "--hide-scrollbars",
];

async function open(browser, html, problems) {
  const page = await browser.newPage({ offline: true, deviceScaleFactor: 2, viewport: { width: 980, height: 800 } });
  page.on("pageerror", (error) => problems.push(`Chromium reports: ${error.message}`));
  page.on("console", (said) => said.type() === "error" && problems.push(`Chromium reports: ${said.text()}`));
  page.on("requestfailed", (request) => problems.push(`it asks for ${request.url()}, which a comment of ours must not`));
  await page.setContent(html, { waitUntil: "load" });
  await page.addStyleTag({ content: markdownStyle });
  await page.addStyleTag({ content: frameStyle });
  await page.addScriptTag({ path: mermaidScript });
  await page.evaluate(setUp);
  return page;
}

async function checkBlocks(browser, blocks) {
  const problems = [];
  const page = await open(browser, "<!doctype html><body></body>", problems);
  const checked = [];
  for (const { name, text } of blocks) {
    const problem = await page.evaluate(drawBlock, text);
    checked.push({ name, problem: problem || problems.splice(0).join("; ") });
  }
  await page.close();
  return checked;
}

// The same picture with 256 colours: half the bytes, and nobody sees the difference.
function light(png) {
  const image = UPNG.decode(png);
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, 256));
}

async function takePicture(browser, { name, html, png }) {
  const problems = [];
  const page = await open(browser, html, problems);
  problems.push(...(await page.evaluate(drawPage)), ...(await page.evaluate(measurePage)));
  if (png) problems.push(...(await page.evaluate(missingSigns))); // elsewhere it is the reader's machine that counts
  await page.evaluate(foldPage);
  const frame = page.locator("main");
  const { width, height } = await frame.boundingBox();
  if (png) writeFileSync(png, light(await frame.screenshot({ animations: "disabled" })));
  await page.close();
  return { name, problems, width, height };
}

const job = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({ executablePath: job.browser, args: flags, chromiumSandbox: false });
try {
  const blocks = await checkBlocks(browser, job.blocks);
  const pages = [];
  for (const page of job.pages) pages.push(await takePicture(browser, page));
  const versions = { mermaid: require("mermaid/package.json").version, chromium: browser.version() };
  process.stdout.write(JSON.stringify({ versions, blocks, pages }));
} finally {
  await browser.close();
}

// Fetches what static/vendor/ holds from npm, at exact versions, and writes the list with hashes.
// Run by `make vendor` when a version changes; what it wrote is committed, so nothing else needs it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const shipped = {
  "htmx.org": "2.0.11",
  "bootstrap": "5.3.9",
  "@tabler/icons": "3.51.0",
  "@fontsource-variable/inter": "5.3.0",
  "topojson-client": "3.1.0",
  "jsqr": "1.4.0",
};
const builders = { "sass": "1.93.2", "esbuild": "0.25.10" };

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../static/vendor");
const work = mkdtempSync(join(tmpdir(), "vendor-"));
const npm = (...args) => execFileSync("npm", args, { cwd: work, stdio: ["ignore", "pipe", "inherit"] }).toString();

writeFileSync(join(work, "package.json"), JSON.stringify({ private: true }));
npm("install", "--save-exact", "--no-audit", "--no-fund",
  ...Object.entries({ ...shipped, ...builders }).map(([name, version]) => `${name}@${version}`));
const module = (...parts) => join(work, "node_modules", ...parts);

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "fonts"), { recursive: true });

cpSync(module("htmx.org/dist/htmx.min.js"), join(out, "htmx.js"));
execFileSync(module(".bin/esbuild"), [module("jsqr/dist/jsQR.js"), "--minify", "--legal-comments=eof",
  `--outfile=${join(out, "jsqr.js")}`], { cwd: work, stdio: "inherit" });
cpSync(join(here, "bootstrap.scss"), join(work, "bootstrap.scss"));
const tokens = readFileSync(join(here, "../../static/css/tokens.css"), "utf8");
writeFileSync(join(work, "tokens.scss"), [...tokens.matchAll(/--([\w-]+): ([^;]+);/g)]
  .map(([, name, value]) => `$token-${name}: ${value};\n`).join(""));
execFileSync(module(".bin/sass"), ["--no-source-map", "--style=compressed", "--quiet", "--load-path=node_modules",
  "bootstrap.scss", join(out, "bootstrap.css")], { cwd: work, stdio: "inherit" });
for (const subset of ["latin", "latin-ext"])
  cpSync(module(`@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`), join(out, `fonts/inter-${subset}.woff2`));
cpSync(join(here, "topojson.js"), join(work, "topojson.js"));
execFileSync(module(".bin/esbuild"), ["topojson.js", "--bundle", "--minify", "--format=iife", "--legal-comments=eof",
  `--outfile=${join(out, "topojson.js")}`], { cwd: work, stdio: "inherit" });

const icons = readFileSync(join(here, "icons.txt"), "utf8").trim().split("\n").map((name) => {
  const svg = readFileSync(module(`@tabler/icons/icons/outline/${name}.svg`), "utf8");
  const shapes = [...svg.matchAll(/<(?:path|circle|rect|line|polyline)\b[^>]*>/g)].map((match) => match[0]);
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" `
    + `stroke-linecap="round" stroke-linejoin="round">${shapes.join("")}</symbol>`;
});
writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${icons.join("\n")}\n</svg>\n`);

const lock = JSON.parse(readFileSync(join(work, "package-lock.json"), "utf8")).packages;
const packages = Object.keys(shipped).map((name) => {
  const found = lock[`node_modules/${name}`];
  return { name, version: found.version, licence: found.license, integrity: found.integrity };
});
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const files = Object.fromEntries(readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .map((path) => [path.slice(out.length + 1), sha256(path)]));
writeFileSync(join(out, "versions.json"), `${JSON.stringify({ packages, builders, files }, null, 2)}\n`);
rmSync(work, { recursive: true, force: true });

// Makes the links of the README absolute while the package is packed, because npm's page has no
// other files. `node .ci/readme.ts pack` before, `node .ci/readme.ts unpack` after, and
// `node .ci/readme.ts check` fails if nobody has told yet where the repository is.
import { readFileSync, writeFileSync } from "node:fs";

/**
 * Returns where files of the repository can be read, by the `repository` of package.json, or
 * `undefined` if that is missing.
 *
 * @param repository - such as `"github:owner/name"`
 * @throws Error for another form
 */
export function filesOf(repository: unknown): string | undefined {
  if (repository === undefined) return undefined;
  const [, name] = /^github:([\w.-]+\/[\w.-]+)$/.exec(String(repository)) ?? [];
  if (name === undefined) throw new Error('"repository" must be "github:<owner>/<name>"');
  return `https://github.com/${name}/blob/HEAD/`;
}

/** Returns a page with absolute links. */
export function withAbsoluteLinks(page: string, files: string): string {
  return page.replace(/\]\((?![a-z]+:|#|\/)/g, `](${files}`);
}

/** Returns a page with relative links again. */
export function withRelativeLinks(page: string, files: string): string {
  return page.replaceAll(`](${files}`, "](");
}

if (import.meta.main) {
  const [, , command] = process.argv;
  const { repository } = JSON.parse(readFileSync("package.json", "utf8"));
  const files = filesOf(repository);
  if (files !== undefined) {
    const rewrite = command === "pack" ? withAbsoluteLinks : withRelativeLinks;
    if (command !== "check")
      writeFileSync("README.md", rewrite(readFileSync("README.md", "utf8"), files));
  } else if (command !== "unpack") {
    console.error('package.json has no "repository" yet, which the links of the README need.');
    if (command === "check") process.exitCode = 1;
  }
}

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What a program adds to what its users load. */
export interface Bundle {
  /** Bytes, minified. */
  readonly minified: number;
  /** Bytes, minified and compressed by gzip at its best. */
  readonly gzipped: number;
  /** How many minified bytes each source file takes. */
  readonly files: Readonly<Record<string, number>>;
}

/**
 * Bundles a module as its user would: minified, with what it imports, without what it does not use.
 * Schemas and Node's own modules stay outside.
 *
 * @param folder - where the packages that it imports are looked up; default the project's own
 */
export async function bundle(module: string, folder: string = root): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: module, resolveDir: folder },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    external: ["zod"],
    legalComments: "none",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("the bundle has no file");
  const inputs = Object.values(metafile.outputs).flatMap((it) => Object.entries(it.inputs));
  return {
    minified: file.contents.length,
    gzipped: gzipSync(file.contents, { level: 9 }).length,
    files: Object.fromEntries(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput])),
  };
}

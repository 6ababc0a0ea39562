import { readdirSync, readFileSync } from "node:fs";
import type { Vendor } from "./translate.ts";

/** A short program that a user might write. */
export interface Program {
  /** Where it stands: folder, file and title. */
  readonly id: string;
  readonly code: string;
  /** What is expected of it, in the line behind it: a part of a message. Empty if it is right. */
  readonly says: string;
  /** The compilers, schema libraries and settings with which the verdict is another. */
  readonly without: readonly string[];
}

/** What programs may use without an import: names by the module that exports them. */
const MODULES: Record<string, string> = {
  arktype: "type",
  "itty-router": "AutoRouter Router IRequestStrict",
  hono: "Hono",
  "zession/states": "states",
  "zession/routers/express": "expressSession",
  "zession/routers/fastify": "fastifySession",
  "zession/routers/hono": "honoSession",
  "@standard-schema/spec": "StandardSchemaV1",
  zession:
    "bearerKey combine cookieKey defineSession headerKey isSessionError memoryDriver AnyDefinition CookieKeyOptions CookieSession DefinitionOf Driver GuardedSession InferKey InferKeyedSession InferSession InferValue KeySource NonAtomicSession PrivilegedSession Session SessionDefinition SessionError SessionEvent SessionRequest Store",
  "./prelude.ts":
    "callers caller carts clients counts deep devices eventual exactly guests hits jar key keyFn languages maybe members notes places request settings tags tenants tokens users visitor visitors visitorValue weak web",
};

/** The same under other names. */
const RENAMED: Record<string, string> = {
  v: 'import * as v from "valibot";',
  zession: 'import * as zession from "zession";',
  express: 'import express from "express";',
  fastify: 'import fastify from "fastify";',
  Router5: 'import { Router as Router5 } from "itty-router-5";',
  AutoRouter5: 'import { AutoRouter as AutoRouter5 } from "itty-router-5";',
  IRequestStrict5: 'import type { IRequestStrict as IRequestStrict5 } from "itty-router-5";',
};

/**
 * Returns a program as a module: with imports of the names that it uses. A schema library whose
 * names stand for zod's comes from another module.
 */
export function moduleOf(code: string, vendor: Vendor = "zod"): string {
  const words = new Set(code.match(/\b[A-Za-z]\w*/g));
  const imports = Object.entries(MODULES).flatMap(([module, names]) => {
    const used = names.split(" ").filter((name) => words.has(name));
    const types = used.map((name) => (TYPES.test(name) ? `type ${name}` : name));
    return used.length === 0 ? [] : [`import { ${types.join(", ")} } from "${module}";`];
  });
  const renamed = Object.entries(RENAMED).flatMap(([name, text]) => (words.has(name) ? text : []));
  const zod = vendor === "zod/mini" ? 'import * as z from "zod/mini";' : 'import { z } from "zod";';
  if (words.has("z")) renamed.push(zod);
  return `${[...imports, ...renamed].join("\n")}\n${code}\nexport {};\n`;
}

/** The names of types. */
const TYPES: RegExp = /^(?!Auto|Router|Hono)[A-Z]/;

/**
 * Returns the programs of a folder's text files. `# title` begins one; its code follows; a line
 * `>> words` says what is expected of it. A line `-- name: why` leaves a compiler, a schema library or a setting out.
 */
export function readPrograms(folder: string): Program[] {
  const path = new URL(`${folder}/`, import.meta.url);
  return readdirSync(path).flatMap((file) =>
    readFileSync(new URL(file, path), "utf8")
      .split(/^# /m)
      .slice(1)
      .map((text) => {
        const [title = "", ...lines] = text.trimEnd().split("\n");
        const after = (mark: string) =>
          lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
        return {
          id: `${folder}/${file.replace(".txt", "")}: ${title}`,
          code: lines.filter((line) => !/^(>>|--) /.test(line)).join("\n"),
          says: after(">> ").join("\n"),
          without: after("-- ").map((line) => line.split(":")[0] ?? ""),
        };
      }),
  );
}

/** A framework whose example is built and driven. */
export interface App {
  /** The folder in `examples/frameworks`. */
  readonly name: string;
  readonly title: string;
  /** Its package. */
  readonly framework: string;
  /** The program that serves what was built, and its arguments; a port is put in for `PORT`. */
  readonly start: readonly string[];
  /** The program that serves the sources. */
  readonly dev: readonly string[];
  /** The module that defines the sessions. */
  readonly definition: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly endpoint?: string;
  readonly readOnlyPage?: string;
  readonly guardedPage?: string;
  /** A page that reads a session with an idle limit of an hour alone, behind what renews its cookie. */
  readonly renewedPage?: string;
}

const vite = ["node_modules/vite/bin/vite.js", "dev", "--host", "127.0.0.1", "--port", "PORT"];

export const apps: readonly App[] = [
  {
    name: "next",
    title: "Next.js",
    framework: "next",
    start: ["node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", "PORT"],
    dev: ["node_modules/next/dist/bin/next", "dev", "-H", "127.0.0.1", "-p", "PORT"],
    definition: "visitors.ts",
    endpoint: "/api/count",
    readOnlyPage: "/read-only",
    guardedPage: "/account",
    renewedPage: "/renewed",
  },
  {
    name: "sveltekit",
    title: "SvelteKit",
    framework: "@sveltejs/kit",
    start: ["build/index.js"],
    dev: vite,
    definition: "src/lib/server/visitors.ts",
    // Without it the server takes its own origin for an https one, and refuses forms.
    env: { PROTOCOL_HEADER: "x-forwarded-proto" },
    endpoint: "/api/count",
    readOnlyPage: "/read-only",
  },
  {
    name: "astro",
    title: "Astro",
    framework: "astro",
    start: ["dist/server/entry.mjs"],
    dev: ["node_modules/astro/bin/astro.mjs", "dev", "--host", "127.0.0.1", "--port", "PORT"],
    definition: "src/lib/visitors.ts",
    endpoint: "/api/count",
  },
  {
    name: "hono-vite",
    title: "Hono with Vite",
    framework: "hono",
    start: ["dist/server.js"],
    dev: vite,
    definition: "src/visitors.ts",
    endpoint: "/api/count",
  },
  {
    name: "nuxt",
    title: "Nuxt",
    framework: "nuxt",
    start: [".output/server/index.mjs"],
    dev: ["node_modules/nuxt/bin/nuxt.mjs", "dev", "--host", "127.0.0.1", "--port", "PORT"],
    definition: "server/utils/visitors.ts",
  },
  {
    name: "tanstack-start",
    title: "TanStack Start",
    framework: "@tanstack/react-start",
    start: [
      "node_modules/srvx/bin/srvx.mjs",
      "serve",
      "--prod",
      "--host",
      "127.0.0.1",
      "--port",
      "PORT",
      "-s",
      "../client",
      "dist/server/server.js",
    ],
    dev: vite,
    definition: "src/visitors.server.ts",
    endpoint: "/api/count",
  },
  {
    name: "react-router",
    title: "React Router",
    framework: "react-router",
    start: ["node_modules/@react-router/serve/bin.cjs", "build/server/index.js"],
    dev: ["node_modules/@react-router/dev/bin.cjs", "dev", "--host", "127.0.0.1", "--port", "PORT"],
    definition: "app/visitors.server.ts",
    endpoint: "/api/count",
    guardedPage: "/account",
  },
];

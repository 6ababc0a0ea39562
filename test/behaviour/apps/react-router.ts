import {
  createContext,
  createRequestHandler,
  type LoaderFunctionArgs,
  type MiddlewareFunction,
  RouterContextProvider,
  redirect,
  type ServerBuild,
} from "react-router";
import {
  bodyOf,
  count,
  fillCart,
  follow,
  message,
  show,
  signIn,
  signOut,
  startLate,
  statusOf,
  store,
  web,
} from "../site.ts";

const sessions = createContext<ReturnType<typeof web.of>>();

/** What `root.tsx` exports as `middleware`. Loaders get a request of their own, so they find the sessions in the context. */
const middleware: MiddlewareFunction<Response>[] = [
  ({ context, request }, next) =>
    web.wrap(async (opened: typeof web.Request) => {
      context.set(sessions, web.of(opened));
      return next();
    })(request),
];

type Handler = (its: ReturnType<typeof web.of>) => Response | Promise<Response>;

/** What the modules of resource routes export as `loader` or `action`. */
const handlers: Record<string, Handler> = {
  count: async ({ visits }) => new Response(await count(visits)),
  show: async ({ visits }) => new Response(await show(visits)),
  "sign-in": async ({ visits }) =>
    new Response(await signIn(visits), { headers: { "x-app": "kept" } }),
  "sign-out": async ({ visits }) => new Response(await signOut(visits)),
  message: async ({ visits }) => new Response(await message(visits)),
  cart: async ({ carts, visits }) => new Response(await fillCart(carts, visits)),
  broken: async ({ visits }) => {
    await signIn(visits);
    throw new Error("broken");
  },
  stream: async ({ visits }) => {
    await count(visits);
    return new Response(bodyOf(follow(visits)));
  },
  late: ({ visits }) => new Response(bodyOf(startLate(visits))),
  redirect: async ({ visits }) => {
    await count(visits);
    throw redirect("/show", 303);
  },
  theme: async ({ visits }) =>
    new Response(await count(visits), { headers: { "set-cookie": "theme=dark" } }),
  static: () => new Response("static"),
  "store/down": () => {
    store.inject("error");
    return new Response("down");
  },
  "store/up": () => {
    store.heal();
    return new Response("up");
  },
};

const routes: ServerBuild["routes"] = {
  root: { id: "root", path: "", module: { middleware, default: null } },
};
for (const [path, handler] of Object.entries(handlers)) {
  const run = async ({ context }: LoaderFunctionArgs) => {
    try {
      return await handler(context.get(sessions));
    } catch (error) {
      // Of an error that is no `Response`, React Router makes a 500.
      throw error instanceof Response
        ? error
        : new Response("error page", { status: statusOf(error) });
    }
  };
  const module = { loader: run, action: run, default: undefined };
  routes[path] = { id: path, parentId: "root", path, module };
}

/** What the compiler of React Router makes of such modules. */
const build: ServerBuild = {
  routes,
  entry: {
    module: {
      default: () => new Response("no page is rendered", { status: 404 }),
      handleError() {},
    },
  },
  assets: { entry: { imports: [], module: "" }, routes: {}, url: "", version: "" },
  assetsBuildDirectory: "",
  future: {} as never,
  isSpaMode: false,
  prerender: [],
  publicPath: "/",
  routeDiscovery: { mode: "initial", manifestPath: "/__manifest" },
  ssr: true,
};

const handle = createRequestHandler(build, "production");

export const fetch: (request: Request) => Promise<Response> = (request) =>
  handle(request, new RouterContextProvider());

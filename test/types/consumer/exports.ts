// What users export, so that a compiler has to write its type into a declaration: every name in it
// must be reachable.
import * as v from "valibot";
import { bearerKey, combine, cookieKey, defineSession, headerKey, memoryDriver } from "zession";
import { states } from "zession/states";
import { z } from "zod";

const value = z.object({ items: z.array(z.string()), message: z.string().optional() });

export const source = cookieKey({ secure: false });
export const bearer = bearerKey();
export const clientId = headerKey("x-client-id");
export const driver = memoryDriver();

export const carts = defineSession({ name: "carts", value, keyFn: cookieKey() });
export const { middleware, finalize, wrap, fromRequest, session, store, close } = carts;
export const fetch = carts.wrap(async (request) => Response.json(await request.carts.find()));
export const nested = wrap((_request: Request, _env: object) => new Response());

export const tenants = defineSession({
  key: v.tuple([v.string(), v.number()]),
  value: v.map(v.string(), v.bigint()),
  keyFn: (_request: Request & { ip?: string }, env: { id: number }) => ["a", env.id],
  lifetime: { idle: "30m" },
  onEvent: (event) => event.type,
});
export const tenantSession = tenants.session(["a", 1]);
export const tenantsFetch = tenants.wrap((request) => request.session);
export const { wrap: wrapTenants, store: tenantStore, middleware: tenantMiddleware } = tenants;

export const tokens = defineSession({
  name: "tokens",
  key: z.string(),
  value: z.number(),
  keyFn: bearerKey(),
});
export const { fromRequest: ofToken } = tokens;

export const find = (request: Request) => carts.fromRequest(request);
export const take = store.take;
export const { upsert, update, swap } = store;
export const rotate = async (request: Request) => (await carts.fromRequest(request)).rotate;
export const verbs = async (request: Request) => ({ ...(await carts.fromRequest(request)) });
export const message = async (request: Request) =>
  (await carts.fromRequest(request)).take("message");

export const members = defineSession({
  name: "members",
  value: z.object({ id: z.number().optional(), items: z.array(z.string()).default([]) }),
  keyFn: cookieKey(),
  privileged: ["id"],
});
export const { session: member, store: memberStore, open } = members;
export const web = combine(carts, members);
export const { wrap: wrapBoth, router } = web;
export const both = web.wrap(async (request) => request.members.find());
export const doors = defineSession({
  name: "doors",
  value: z.object({ door: z.enum(["open", "shut"]), opened: z.number() }),
  keyFn: cookieKey(),
});
export const door = states(doors, "door", { open: ["shut"], shut: ["open"] });
export const shut = async (request: Request) => door.when(await doors.fromRequest(request), "shut");
export const defineCart = (name: string) => defineSession({ value, keyFn: cookieKey({ name }) });

// For any schema: what a value is depends on the caller's.
export const defineValue = <Schema extends z.ZodType<{ id: string }>>(schema: Schema) =>
  defineSession({ name: "values", value: schema, keyFn: cookieKey() });
export const defineKeyed = <Schema extends z.ZodType<{ id: string }>>(schema: Schema) =>
  defineSession({
    key: z.string(),
    value: schema,
    keyFn: (request) => request.headers.get("x-client-id"),
  });
export const identified = defineValue(z.object({ id: z.string(), count: z.number().default(0) }));

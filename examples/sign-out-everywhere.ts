import { cookieKey, defineSession } from "zession";
import { z } from "zod";

const users = defineSession({
  name: "users",
  value: z.object({ user: z.string().optional() }),
  keyFn: cookieKey(),
  privileged: ["user"],
  lifetime: { idle: "30m", absolute: "12h" },
});

type Handler = (request: Request) => Promise<Response>;

/** The keys of a user's sessions, under the user's name. None is needed longer than a session lasts. */
const logins = defineSession({
  name: "logins",
  key: z.string(),
  value: z.array(z.string()),
  keyFn: () => undefined,
  lifetime: { idle: "12h" },
});

export const signIn: Handler = users.wrap(async ({ users: session }) => {
  // … check the password, then:
  const user = "Ada";
  await session.rotate({ user }, () => ({ user }), { restart: true });
  const { key } = session;
  if (key !== undefined) await logins.store.upsert(user, [key], (keys) => void keys.push(key));
  return new Response(null, { status: 303, headers: { location: "/" } });
});

export async function signOutEverywhere(user: string): Promise<void> {
  const keys = (await logins.store.find(user)) ?? [];
  await Promise.all(keys.map((key) => users.store.remove(key)));
  await logins.store.update(user, (left) => left.filter((key) => !keys.includes(key)));
}

export const home: Handler = users.wrap(async ({ users: session }) => {
  return new Response(`Hello ${(await session.find())?.user ?? "guest"}`);
});

import {
  type CombinedSessions,
  combine,
  cookieKey,
  type DefinitionOf,
  defineSession,
  type InferSession,
  isSessionError,
  memoryDriver,
} from "zession";
import { type FaultyDriver, faultyDriver } from "zession/testing";
import { z } from "zod";

/** The store of every app. A test takes it down, and up again. */
export const store: FaultyDriver = faultyDriver(memoryDriver());

interface Visit {
  count: number;
  user?: string | undefined;
  message?: string | undefined;
}

export const visits: DefinitionOf<{
  name: "visits";
  value: Visit;
  session: "issued";
}> = defineSession({
  name: "visits",
  value: z.object({
    count: z.number(),
    user: z.string().optional(),
    message: z.string().optional(),
  }),
  keyFn: cookieKey({ secure: false }),
  driver: store,
});

export const carts: DefinitionOf<{
  name: "carts";
  value: string[];
  session: "issued";
}> = defineSession({
  name: "carts",
  value: z.array(z.string()),
  keyFn: cookieKey({ secure: false }),
  driver: store,
});

export type Visits = InferSession<typeof visits>;
export type Carts = InferSession<typeof carts>;

/** Both sessions, on one request. */
export const web: CombinedSessions<Request, [], { visits: Visits } & { carts: Carts }> = combine(
  visits,
  carts,
);

/** Counts a visit. */
export async function count(session: Visits): Promise<string> {
  const value = await session.upsert({ count: 1 }, (it) => void it.count++);
  return `${value.count}`;
}

/** Shows the session, and changes nothing. */
export async function show(session: Visits): Promise<string> {
  const value = await session.find();
  return value === undefined ? "none" : `${value.count} ${value.user ?? "nobody"}`;
}

/** Signs in, under a new key. */
export async function signIn(session: Visits): Promise<string> {
  const user = "ann";
  await session.rotate({ count: 0, user }, (it) => ({ ...it, user }));
  return user;
}

/** Ends the session, and begins another with a message for the next page. */
export async function signOut(session: Visits): Promise<string> {
  await session.remove();
  const message = "You are signed out.";
  await session.rotate({ count: 0, message }, (it) => ({ ...it, message }));
  return message;
}

/** Shows the message, once. */
export async function message(session: Visits): Promise<string> {
  return (await session.take("message")) ?? "none";
}

/** Puts one thing more into the cart, and counts the visit beside it. */
export async function fillCart(cart: Carts, session: Visits): Promise<string> {
  const [items, visit] = await Promise.all([
    cart.upsert(["book"], (it) => [...it, "book"]),
    count(session),
  ]);
  return `${items.length} ${visit}`;
}

/**
 * A body that streams: it waits until another request has counted, and then counts itself. The
 * session has to be there before: its cookie leaves with the head.
 */
export async function* follow(session: Visits): AsyncGenerator<string> {
  const before = (await session.find())?.count ?? 0;
  yield `${before}`;
  for (let polls = 0; polls < 500; polls++) {
    const now = await session.find();
    if (now === undefined || now.count > before) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  yield ` ${await count(session)}`;
}

/** A body that streams, and starts its session too late: the head has left without a cookie. */
export async function* startLate(session: Visits): AsyncGenerator<string> {
  yield await show(session);
  try {
    yield ` ${await count(session)}`;
  } catch (error) {
    yield ` ${isSessionError(error) ? error.code : "another error"}`;
  }
}

/** Returns the chunks as the body of a `Response`. */
export function bodyOf(chunks: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

/** The status of an error page. */
export function statusOf(error: unknown): number {
  return isSessionError(error) ? error.status : 500;
}

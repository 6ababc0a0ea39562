import {
  createContext,
  data,
  type MiddlewareFunction,
  type RouterContextProvider,
} from "react-router";
import { cookieKey, defineSession, type InferSession, isSessionError } from "zession";
import { sqliteDriver } from "zession/drivers/sqlite";
import { z } from "zod";

export const visitors = defineSession({
  name: "visitor",
  value: z.object({
    count: z.number().int(),
    user: z.string().min(1).optional(),
    message: z.string().optional(),
  }),
  keyFn: cookieKey(),
  lifetime: { idle: "30m", absolute: "12h" },
  privileged: ["user"],
  driver: sqliteDriver({ filename: "sessions.db" }),
});
type Visitor = InferSession<typeof visitors>;

const visitorContext = createContext<Visitor>();

/** Opens the session for loaders and actions, and puts its cookie on the response. */
export const openVisitor: MiddlewareFunction<Response> = async ({ context, request }, next) => {
  context.set(visitorContext, await visitors.fromRequest(request));
  return visitors.finalize(await next(), request);
};

/** Runs a loader or an action with the session. Errors of the session keep their status. */
export async function withVisitor<Result>(
  context: Readonly<RouterContextProvider>,
  run: (visitor: Visitor) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(context.get(visitorContext));
  } catch (error) {
    if (!isSessionError(error)) throw error;
    if (error.status >= 500) console.error(error);
    throw data(error.message, { status: error.status });
  }
}

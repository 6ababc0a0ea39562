import type { Handle } from "@sveltejs/kit/hooks";
import { visitors } from "./lib/server/visitors.ts";

export const handle: Handle = ({ event, resolve }) => {
  event.locals.visitor = visitors.open(event.cookies);
  return resolve(event);
};

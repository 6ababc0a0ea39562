import type { IncomingMessage, ServerResponse } from "node:http";
import { expressSession } from "zession/routers/express";
import {
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

const openSessions = expressSession(web);

async function respond(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const { carts, visits } = web.of(request);
  switch (request.url) {
    case "/count":
      return response.end(await count(visits));
    case "/show":
      return response.end(await show(visits));
    case "/sign-in":
      response.setHeader("x-app", "kept");
      return response.end(await signIn(visits));
    case "/sign-out":
      return response.end(await signOut(visits));
    case "/message":
      return response.end(await message(visits));
    case "/cart":
      return response.end(await fillCart(carts, visits));
    case "/broken":
      await signIn(visits);
      throw new Error("broken");
    case "/stream":
      await count(visits);
      for await (const chunk of follow(visits)) response.write(chunk);
      return response.end();
    case "/late":
      for await (const chunk of startLate(visits)) response.write(chunk);
      return response.end();
    case "/redirect":
      await count(visits);
      return response.writeHead(303, { location: "/show" }).end();
    case "/theme": {
      const text = await count(visits);
      return response.writeHead(200, ["set-cookie", "theme=dark"]).end(text);
    }
    case "/static":
      return response.end("static");
    case "/store/down":
      store.inject("error");
      return response.end("down");
    case "/store/up":
      store.heal();
      return response.end("up");
    default:
      return response.writeHead(404).end("not found");
  }
}

export function listener(request: IncomingMessage, response: ServerResponse): void {
  openSessions(request, response, async (error) => {
    try {
      if (error !== undefined) throw error;
      await respond(request, response);
    } catch (error) {
      response.writeHead(statusOf(error)).end("error page");
    }
  });
}

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

async function respond(request: typeof web.Request): Promise<Response> {
  const { carts, visits } = request;
  switch (new URL(request.url).pathname) {
    case "/count":
      return new Response(await count(visits));
    case "/show":
      return new Response(await show(visits));
    case "/sign-in":
      return new Response(await signIn(visits), { headers: { "x-app": "kept" } });
    case "/sign-out":
      return new Response(await signOut(visits));
    case "/message":
      return new Response(await message(visits));
    case "/cart":
      return new Response(await fillCart(carts, visits));
    case "/broken":
      await signIn(visits);
      throw new Error("broken");
    case "/stream":
      await count(visits);
      return new Response(bodyOf(follow(visits)));
    case "/late":
      return new Response(bodyOf(startLate(visits)));
    case "/redirect":
      await count(visits);
      return Response.redirect(new URL("/show", request.url), 303);
    case "/theme":
      return new Response(await count(visits), { headers: { "set-cookie": "theme=dark" } });
    case "/static":
      return new Response("static");
    case "/store/down":
      store.inject("error");
      return new Response("down");
    case "/store/up":
      store.heal();
      return new Response("up");
    default:
      return new Response("not found", { status: 404 });
  }
}

export const fetch: (request: Request) => Promise<Response> = web.wrap(async (request) => {
  try {
    return await respond(request);
  } catch (error) {
    // Inside of `wrap`, so that the error page carries the cookie.
    return new Response("error page", { status: statusOf(error) });
  }
});

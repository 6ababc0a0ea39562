import { Form } from "react-router";
import type { Route } from "./+types/home";
import { withVisitor } from "./visitors.server";

export const loader = ({ context }: Route.LoaderArgs) =>
  withVisitor(context, async (session) => {
    const message = await session.take("message");
    const visitor = await session.find();
    return { message, count: visitor?.count ?? 0, user: visitor?.user };
  });

export default function Home({ loaderData: { message, count, user } }: Route.ComponentProps) {
  return (
    <main>
      {message && <p role="status">{message}</p>}
      <p>Count: {count}</p>
      <Form method="post" action="/count">
        <button type="submit">Count</button>
      </Form>
      {user === undefined ? (
        <Form method="post" action="/sign-in">
          <input name="user" required />
          <button type="submit">Sign in</button>
        </Form>
      ) : (
        <Form method="post" action="/sign-out">
          <button type="submit">Sign out {user}</button>
        </Form>
      )}
    </main>
  );
}

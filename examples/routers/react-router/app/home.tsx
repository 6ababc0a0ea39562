import { Form } from "react-router";
import type { Route } from "./+types/home";
import { withVisitor } from "./visitors.server";

export function loader({ context }: Route.LoaderArgs) {
  return withVisitor(context, async (visitor) => {
    const message = await visitor.take("message");
    const { visits, user } = await visitor.upsert({ visits: 1 }, (it) => void it.visits++);
    return { visits, user: user ?? "guest", message };
  });
}

export default function Home({ loaderData: { visits, user, message } }: Route.ComponentProps) {
  return (
    <>
      <p>{message}</p>
      <p>{`Hello ${user}, this is visit ${visits}.`}</p>
      <Form method="post" action="/sign-in">
        <input name="user" /> <button type="submit">Sign in</button>
      </Form>
      <Form method="post" action="/sign-out">
        <button type="submit">Sign out</button>
      </Form>
    </>
  );
}

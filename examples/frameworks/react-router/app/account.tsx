import { redirect } from "react-router";
import type { Route } from "./+types/account";
import { withVisitor } from "./visitors.server";

export const loader = ({ context }: Route.LoaderArgs) =>
  withVisitor(context, async (session) => {
    const user = (await session.find())?.user;
    if (user === undefined) throw redirect("/");
    return { user };
  });

export default function Account({ loaderData }: Route.ComponentProps) {
  return <p>Account of {loaderData.user}</p>;
}

import { redirect } from "react-router";
import type { Route } from "./+types/sign-out";
import { withVisitor } from "./visitors.server";

export const action = ({ context }: Route.ActionArgs) =>
  withVisitor(context, async (visitor) => {
    await visitor.remove();
    await visitor.rotate({ count: 0, message: "You are signed out." }, (it) => it);
    return redirect("/", 303);
  });

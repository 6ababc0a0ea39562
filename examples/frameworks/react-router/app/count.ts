import { redirect } from "react-router";
import type { Route } from "./+types/count";
import { withVisitor } from "./visitors.server";

export const action = ({ context }: Route.ActionArgs) =>
  withVisitor(context, async (visitor) => {
    await visitor.upsert({ count: 1 }, (it) => void it.count++);
    return redirect("/", 303);
  });

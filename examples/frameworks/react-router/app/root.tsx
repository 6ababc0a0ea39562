import { Links, Meta, Outlet, Scripts } from "react-router";
import { openVisitor } from "./visitors.server";

export const middleware = [openVisitor];

export default function Root() {
  return (
    <html lang="en">
      <head>
        <Meta />
        <Links />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  );
}

import { expressSession } from "zession/routers/express";

export default fromNodeMiddleware(expressSession(visitors));

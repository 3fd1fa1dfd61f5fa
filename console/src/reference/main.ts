/** The reference of the native API: the hub's own OpenAPI document, rendered; requests can be tried with the session at hand. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./reference.css";

interface TriedRequest {
  method?: string;
  headers: Record<string, string>;
}

/** What changing requests must show besides the cookie; empty for who is not signed in and gives a token instead. */
async function csrf(): Promise<string> {
  const answer = await fetch("/v1/session", { credentials: "same-origin" });
  return answer.ok ? ((await answer.json()) as { csrf: string }).csrf : "";
}

const token = await csrf().catch(() => "");

SwaggerUI({
  url: "/v1/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  // Nothing is asked of anybody else's host.
  validatorUrl: null,
  requestInterceptor: (request: TriedRequest) => {
    if (token && (request.method ?? "GET").toUpperCase() !== "GET") request.headers["Docket-CSRF"] = token;
    return request;
  },
});

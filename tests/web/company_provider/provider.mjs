// The company of the tests: oidc-provider with its own sign-in pages, people from a file that a test may change meanwhile.
// Told by one line of JSON: {folder, people, client, redirects, logouts, secret, algorithm, key}; says its address when it
// listens. The key is made elsewhere: Node 20 now and then waits for ever when it makes one and gives it out at once.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const lines = createInterface({ input: process.stdin });
const { value } = await lines[Symbol.asyncIterator]().next();
const told = JSON.parse(value);
const { Provider } = await import(pathToFileURL(`${told.folder}/node_modules/oidc-provider/lib/index.js`).href);

function people() {
  return JSON.parse(readFileSync(told.people, "utf8"));
}

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: told.client,
      client_secret: told.secret,
      redirect_uris: told.redirects,
      post_logout_redirect_uris: told.logouts,
      id_token_signed_response_alg: told.algorithm,
      grant_types: ["authorization_code"],
      response_types: ["code"],
    }],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"], groups: ["groups"] },
    conformIdTokenClaims: told.conform ?? true,
    cookies: { keys: ["only a test"] },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "PS256"] },
    findAccount: (_, id) => (people()[id] ? { accountId: id, claims: () => ({ sub: id, ...people()[id] }) } : undefined),
    jwks: { keys: [told.key] },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email", "groups"],
  });
  provider.on("server_error", (_, error) => console.error(error));
  server.on("request", provider.callback());
  console.log(issuer);
});
lines.on("close", () => process.exit(0)); // the test has gone

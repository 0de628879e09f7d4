/** The command's name. */
export const PROGRAM = "postern"

export const USAGE = `${PROGRAM} connect URL                      log in, and say what was found
${PROGRAM} tools URL                        list the tools of an MCP server
${PROGRAM} call URL TOOL [JSON]             call a tool, its arguments as a JSON object
${PROGRAM} call URL TOOL --arg NAME=TEXT    or one by one; NAME:=JSON for what is no text
${PROGRAM} whoami URL                       which login is kept for a server; no token is shown
${PROGRAM} logout URL                       end that login, at its authorization server too
${PROGRAM} accounts                         every login that is kept

  --account NAME          one of several logins at a server, by a name of your choice (default: default)
  --json                  print the outcome as JSON; everything else goes to standard error
  --no-browser            print the login address; the callback URL may be pasted into standard input
  --no-login              never ask a person: end with 3 where a login is needed
  --scope SCOPE           ask for this scope as well; may be repeated
  --trace FILE            write every request as HAR 1.2, without secrets
  --store FILE            where logins are kept (default: ~/.config/postern/credentials.json)
  --issuer URL            the authorization server that --client-id and --exception are for
  --client-id ID          a client that was registered there beforehand
  --client-secret-env V   the environment variable that holds its secret
  --client-auth METHOD    none, client_secret_basic or client_secret_post, where the server's metadata does not say it
  --port PORT             where to wait for the browser, for a client that was registered with http://127.0.0.1:PORT/callback
  --client-document URL   the client's metadata document, where the server takes those
  --exception NAME        let that server break a rule, by name (README); NAME=VALUE where one has a value; may be repeated
  --help, --version

Exit codes
  0  done                                   6  the MCP server is at fault
  1  a bug of this program                  7  the authorization server is at fault
  2  the command line is wrong              8  the network is, or what stands between
  3  a login is needed and none came about  9  the call was answered with an error
  4  the person refused                   130  interrupted (Ctrl-C); 143 when terminated
  5  this client is at fault, or its configuration`

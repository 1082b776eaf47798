// The public interface of the package.
export type { Guest, Visit } from './browser/guest'
export { buildWeb, type Person, type SiteOptions, type WebBuild, type WebOptions } from './build'
export { BuildProblems, failOnProblems, formatProblem, type Problem } from './problems'
export { createWeb, type WebServer } from './server'

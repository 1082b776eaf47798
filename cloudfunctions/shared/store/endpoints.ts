// Endpoints in the database: the addresses of other systems that get our events.
import type { Endpoint } from '../domain/telling/endpoint'
import { storedIn } from './compareAndSet'
import type { Database } from './database'

const collection = 'endpoints'

/**
 * How many endpoints there can be. There must be a limit, because we read all of them with one query, and one event may
 * go to each of them.
 */
export const endpointLimit = 200

export const {
  mustRead: mustReadEndpoint,
  insert: insertEndpoint,
  change: changeEndpoint,
} = storedIn<'endpoint', Endpoint>(collection, 'endpoint')

/** All endpoints, oldest first. Endpoints that are switched off are included. */
export const allEndpoints = (db: Database): Promise<Endpoint[]> =>
  db.find<Endpoint>(collection, { where: {}, orderBy: [['createdAt', 'asc']], limit: endpointLimit })

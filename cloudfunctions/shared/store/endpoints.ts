// Endpoints in the database: the addresses of other systems that hear of events.
import type { Endpoint } from '../domain/telling/endpoint'
import { storedIn } from './compareAndSet'
import type { Database } from './database'

const collection = 'endpoints'

/** All of them are read with one query, and one event may go to each. */
export const endpointLimit = 200

export const {
  mustRead: mustReadEndpoint,
  insert: insertEndpoint,
  change: changeEndpoint,
} = storedIn<'endpoint', Endpoint>(collection, 'endpoint')

/** All endpoints, also those that are switched off, the oldest first. */
export const allEndpoints = (db: Database): Promise<Endpoint[]> =>
  db.find<Endpoint>(collection, { where: {}, orderBy: [['createdAt', 'asc']], limit: endpointLimit })

// Events of OpenMidas: each listener hears once, and belongs to the call during which it was registered. So a listener
// of a signing that failed never hears the next one.

export type EventName = 'signContractDone'

export interface Events {
  once(event: EventName, listener: () => void): void
  /** A call begins: who registers from now on hears it. Gives what tells them, on a later turn; it ends after the last. */
  begin(): (event: EventName) => Promise<void>
}

export function createEvents(): Events {
  let current = new Map<EventName, (() => void)[]>()
  return {
    once(event, listener) {
      current.set(event, [...(current.get(event) ?? []), listener])
    },
    begin() {
      const mine = new Map<EventName, (() => void)[]>()
      current = mine
      return (event) =>
        new Promise((resolve) => {
          setTimeout(() => {
            const waiting = mine.get(event) ?? []
            mine.delete(event)
            for (const listener of waiting) tell(listener)
            resolve()
          }, 0)
        })
    },
  }
}

// What a listener throws is the app's own error: it is heard of as one, and neither others nor the call suffer.
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    setTimeout(() => {
      throw error
    }, 0)
  }
}

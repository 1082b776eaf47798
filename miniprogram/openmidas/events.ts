// Events of OpenMidas: each listener hears once, on a later turn than the one that told.

type EventName = 'signContractDone'

export interface Events {
  once(event: EventName, listener: () => void): void
  emit(event: EventName): void
}

export function createEvents(): Events {
  const listeners = new Map<EventName, (() => void)[]>()
  return {
    once(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener])
    },
    // The list is read on the later turn, so that a listener registered right after signContract is heard too.
    emit(event) {
      setTimeout(() => {
        const waiting = listeners.get(event) ?? []
        listeners.delete(event)
        for (const listener of waiting) listener()
      }, 0)
    },
  }
}

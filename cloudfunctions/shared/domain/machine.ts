// Looks up a state and an event in a table of moves. This file knows nothing about payments.

/** A state machine as a table: one cell for every state and every event. The type allows no empty cell. */
export type Moves<State extends string, Event extends string, Cell extends string = State> = Record<
  State,
  Record<Event, Cell>
>

/** The cell of the table for a state and an event. */
export const next = <State extends string, Event extends string, Cell extends string>(
  moves: Moves<State, Event, Cell>,
  state: State,
  event: Event,
): Cell => moves[state][event]

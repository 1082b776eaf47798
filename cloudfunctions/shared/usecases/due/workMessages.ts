import { dueMessages } from '../../store/wechat/messages'
import type { Context } from '../platform/context'
import { sendMessage } from '../platform/messages'
import { workQueue } from './workQueue'

/**
 * Sends the subscribe messages that are due.
 * @param hasTime turns false well before the function's time-out
 */
export const workMessages = (ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> =>
  workQueue(hasTime, {
    find: (since, limit) => dueMessages(ctx.db, { since, now: ctx.now(), limit }),
    async work(message) {
      try {
        await sendMessage(ctx, message)
        return true
      } catch (error) {
        ctx.log('messageFailed', { message: message._id, reason: error instanceof Error ? error.name : 'error' })
        return false
      }
    },
  })

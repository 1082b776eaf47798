// WeChat's service for subscribe messages, in memory, for tests of use cases: the sandbox's fake server behind the
// interface that functions use.
import { createMessageDoor } from '../../../cloudfunctions/shared/runtime/wechatMessages'
import type { MessageDoor } from '../../../cloudfunctions/shared/usecases/platform/context'
import { createMessageService, type MessageService } from '../../../tools/sandbox/wechat/messages'
import { memoryLedger } from './fakeShipping'

export interface FakeMessages {
  door: MessageDoor
  service: MessageService
  /** how often the service was called */
  calls: number
}

export function createFakeMessages(now: () => number): FakeMessages {
  const service = createMessageService({ now }, memoryLedger())
  const fake: FakeMessages = {
    service,
    calls: 0,
    door: createMessageDoor(async (_, data) => {
      fake.calls += 1
      const answer = (await service.send(data as Record<string, unknown>)) as { errcode: number }
      // Throw an errcode, as the SDK does.
      if (answer.errcode !== 0) throw Object.assign(new Error('refused'), { errCode: answer.errcode })
      return answer
    }),
  }
  return fake
}

/** A message service that sends nothing, for tests without subscribe messages. */
export const noMessages: MessageDoor = { send: async () => ({ outcome: 'later', code: null }) }

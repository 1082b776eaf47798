// A cloud whose answers to one action are true when they are made and reach the phone late.
interface Cloud {
  callFunction(call: { data: { action: string } }): Promise<unknown>
}

/** From now on answers to this action take so much longer. @returns ends it, for calls that come after */
export function answerLate(action: string, ms: number): () => void {
  const { wx } = globalThis as unknown as { wx: { cloud: Cloud } }
  const { cloud } = wx
  wx.cloud = {
    ...cloud,
    async callFunction(call) {
      const answer = await cloud.callFunction(call)
      if (call.data.action === action) await new Promise((resolve) => setTimeout(resolve, ms))
      return answer
    },
  }
  return () => {
    wx.cloud = cloud
  }
}

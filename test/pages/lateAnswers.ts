// Delays the cloud's answers to one action. The server computes the answer when the call is made, but the phone
// receives it late.
interface Cloud {
  callFunction(call: { data: { action: string } }): Promise<unknown>
}

/** Delays answers to an action from now on. @returns a function after whose call new answers come at once */
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

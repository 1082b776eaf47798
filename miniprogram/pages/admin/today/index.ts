// What came in today, and above all what waits for a person.
import { adminMessages } from '../messages'

Component({
  data: { title: adminMessages.pages.today },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: adminMessages.title })
    },
  },
})

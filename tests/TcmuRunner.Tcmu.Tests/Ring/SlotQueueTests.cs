// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu.Tests.Ring;

public sealed class SlotQueueTests
{
    [Fact]
    public void Slots_come_out_in_order_across_growth_at_any_rotation()
    {
        for (uint rotation = 0; rotation < 600; rotation += 37)
        {
            var queue = new SlotQueue();
            for (uint index = 0; index < rotation; index++)
            {
                queue.Enqueue(8, task: null);
                queue.Dequeue();
            }

            for (uint index = 1; index <= 2000; index++)
            {
                queue.Enqueue(index * 8, task: null);
            }

            for (uint index = 1; index <= 2000; index++)
            {
                Assert.Equal(index * 8, queue.Dequeue());
            }

            Assert.True(queue.IsEmpty);
        }
    }
}

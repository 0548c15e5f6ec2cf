// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>
/// Random interleavings of what a kernel, a loop and a handler do, on rings of several sizes, against the model producer.
/// </summary>
public sealed class RingModelTests
{
    private const int BlockBytes = 512;

    [Theory]
    [InlineData((ushort)0xF, 1024u)]
    [InlineData((ushort)0xF, 2008u)]
    [InlineData((ushort)0xF, 65408u)]
    [InlineData((ushort)0x1, 3968u)]
    [InlineData((ushort)0x0, 1024u)]
    [InlineData((ushort)0x0, 3968u)]
    public void Every_command_is_answered_once_with_its_own_data_whatever_the_order(ushort flags, uint ringSize) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(400),
        Prop.ForAll((byte[] script) => Run(script, flags, ringSize)));

    private static bool Run(byte[] script, ushort flags, uint ringSize)
    {
        var options = new FakeKernelOptions { Flags = flags, RingSizeBytes = ringSize, DataBlocks = 100, BlockSizeBytes = BlockBytes };
        RingHarness harness = RingHarness.StartAsync(options).GetAwaiter().GetResult();
        var commands = new List<FakeCommand>();
        var model = new RingModel(harness, commands);
        for (int index = 0; index + 1 < script.Length; index += 2)
        {
            model.Step(script[index], script[index + 1]);
        }

        model.Finish();
        bool isDrained = harness.Device.DrainAsync(RingHarness.Limit).GetAwaiter().GetResult();
        harness.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Assert.True(isDrained);
        Assert.Equal(0, harness.Kernel.Waiting + harness.Kernel.OnRing);
        Assert.All(commands, AssertAnswered);
        return true;
    }

    private static void AssertAnswered(FakeCommand command)
    {
        Assert.Equal(1, command.Completions);
        if (command.Status == ScsiStatus.Good && command.Direction == DataDirection.In)
        {
            Assert.Equal(command.InLength, command.ReturnedLength);
            Assert.All(command.Returned.ToArray(), value => Assert.Equal((byte)command.Tag, value));
        }
        else if (command.Status == ScsiStatus.CheckCondition)
        {
            Assert.Equal(SenseKey.MediumError, command.SenseKey);
        }
    }

    /// <summary>Turns the bytes of a script into what the three parties do.</summary>
    private sealed class RingModel(RingHarness harness, List<FakeCommand> commands)
    {
        internal void Step(byte action, byte value)
        {
            switch (action % 10)
            {
                case 0 or 1 or 2:
                    Submit(value);
                    break;
                case 3 or 4:
                    harness.Loop.Turn();
                    break;
                case 5 when harness.Handler.Pending.Count != 0:
                    // The test's thread is not the loop's: this completion travels.
                    End(value);
                    break;
                case 6 or 7 when harness.Handler.Pending.Count != 0:
                    harness.Loop.Run(() => End(value));
                    break;
                case 8:
                    _ = harness.Kernel.SubmitTaskManagement(1, value, (ushort)(value + 1));
                    break;
                case 9:
                    harness.Kernel.RaiseEvent();
                    break;
            }
        }

        internal void Finish()
        {
            do
            {
                harness.Settle();
                while (harness.Handler.Pending.Count != 0)
                {
                    End((byte)harness.Handler.Pending.Count);
                }
            }
            while (harness.Kernel.Waiting != 0 || harness.Loop.Posted != 0);
            harness.Settle();
        }

        private void Submit(byte value)
        {
            var cdb = new byte[(value % 3) switch { 0 => 10, 1 => 16, _ => 8 + 24 }];
            cdb[0] = (value % 3) switch { 0 => 0x28, 1 => 0x88, _ => 0x7F };
            cdb[7] = cdb[0] == 0x7F ? (byte)24 : (byte)0;
            int tag = commands.Count & 0xFF;
            BinaryPrimitives.WriteInt32BigEndian(cdb.AsSpan(2), tag);
            commands.Add(harness.Kernel.Submit(cdb, DataDirection.In, value % 7 * BlockBytes, tag: tag));
        }

        private void End(byte choice)
        {
            int index = choice % harness.Handler.Pending.Count;
            IRawCommand command = harness.Handler.Pending[index].Command;
            byte tag = (byte)BinaryPrimitives.ReadInt32BigEndian(command.Cdb[2..]);
            foreach (Span<byte> segment in command.DataIn)
            {
                segment.Fill(tag);
            }

            harness.Handler.End(index, choice % 5 == 0 ? new IoStatus(IoOutcome.ReadError) : default);
        }
    }
}

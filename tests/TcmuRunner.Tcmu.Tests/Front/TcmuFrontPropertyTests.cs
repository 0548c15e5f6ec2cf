// SPDX-License-Identifier: Apache-2.0
using FsCheck;
using FsCheck.Fluent;
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

/// <summary>Golden rule 7: whatever administrators do, each event gets exactly one right reply.</summary>
public sealed class TcmuFrontPropertyTests
{
    [Fact]
    public void Every_operation_ends_and_every_event_has_one_reply() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(100),
            Prop.ForAll((byte[] operations) => RunAsync(operations).GetAwaiter().GetResult()));

    private static async Task<bool> RunAsync(byte[] operations)
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        fixture.Factory.OnOpen = (request, _) => request.Configuration.EndsWith("no", StringComparison.Ordinal)
            ? throw new HandlerException(HandlerErrorKind.Failed, "No.")
            : Task.CompletedTask;
        var devices = new List<(FakeKernelDevice Device, List<Task> Operations)>();
        for (int i = 0; i < operations.Length; i++)
        {
            int choice = operations[i] % 8;
            (FakeKernelDevice Device, List<Task> Operations) target = devices.Count > 0
                ? devices[operations[i] / 8 % devices.Count]
                : default;
            if (choice < 3 || target.Device is null)
            {
                string configuration = choice == 0 ? "file//no" : choice == 1 ? "x//a" : "file//a";
                (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create($"d{i}", configuration);
                devices.Add((device, [enabled]));
                continue;
            }

            // The kernel takes one operation of a device at a time.
            await Task.WhenAll(target.Operations).WaitAsync(FrontFixture.Limit);
            if (!target.Device.HasUio)
            {
                continue;
            }

            target.Operations.Add(choice == 3
                ? fixture.Kernel.RemoveAsync(target.Device)
                : fixture.Kernel.ReconfigureAsync(target.Device, new(SizeBytes: (ulong)choice * 256)));
        }

        foreach ((FakeKernelDevice device, List<Task> done) in devices)
        {
            await Task.WhenAll(done).WaitAsync(FrontFixture.Limit);
            Assert.Equal(done.Count, device.DoneCount);
        }

        return true;
    }
}

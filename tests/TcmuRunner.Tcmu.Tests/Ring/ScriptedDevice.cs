// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>Takes every command raw and does what the test says; by default it keeps the command until the test ends it.</summary>
internal sealed class ScriptedDevice : IRawCommandDevice
{
    internal List<PendingCommand> Pending { get; } = [];

    /// <summary>Ends a command at once, instead of keeping it.</summary>
    internal Func<IRawCommand, ValueTask<IoStatus>>? Respond { get; set; }

    internal int Closed { get; private set; }

    public DeviceCharacteristics Characteristics { get; } =
        new() { SizeBytes = 1 << 20, Capabilities = DeviceCapabilities.RawCommands };

    public ValueTask<IoStatus> ExecuteAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        if (Respond is not null)
        {
            return Respond(command);
        }

        var pending = new PendingCommand(command, cancellationToken);
        lock (Pending)
        {
            Pending.Add(pending);
        }

        return pending.Start();
    }

    public ValueTask DisposeAsync()
    {
        Closed++;
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends a kept command, by default successfully and with its buffer filled.</summary>
    internal void End(int index = 0, IoStatus status = default)
    {
        PendingCommand pending;
        lock (Pending)
        {
            pending = Pending[index];
            Pending.RemoveAt(index);
        }

        if (status.IsGood)
        {
            pending.Command.DataInLength = pending.Command.DataIn.Length;
        }

        pending.Complete(status);
    }
}

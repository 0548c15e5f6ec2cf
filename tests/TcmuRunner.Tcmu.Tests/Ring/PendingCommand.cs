// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>A command that a handler has taken and not yet ended.</summary>
internal sealed class PendingCommand(IRawCommand command, CancellationToken cancellation) : IoCompletion
{
    internal IRawCommand Command { get; } = command;

    internal CancellationToken Cancellation { get; } = cancellation;
}

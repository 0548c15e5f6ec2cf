// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using TcmuRunner.Ctl.Output;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl;

/// <summary>What a command works with: the parsed command line, where results go, and the way to the daemon and to the kernel.</summary>
/// <param name="parsed">The command line.</param>
/// <param name="terminal">Where results go.</param>
/// <param name="busAddress">The bus; null for the system bus.</param>
/// <param name="targetRoot">The target subsystem in configfs.</param>
/// <param name="cancellationToken">Ctrl-C.</param>
internal sealed class CommandContext(
    ParseResult parsed, Terminal terminal, string? busAddress, string targetRoot, CancellationToken cancellationToken)
{
    /// <summary>Where results go.</summary>
    internal Terminal Terminal => terminal;

    /// <summary>The target subsystem in configfs.</summary>
    internal string TargetRoot => targetRoot;

    /// <summary>Ctrl-C.</summary>
    internal CancellationToken CancellationToken => cancellationToken;

    /// <summary>The bus; null for the system bus.</summary>
    internal string? BusAddress => busAddress;

    /// <summary>The value of an argument.</summary>
    internal T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>The value of an option; its default when it is not given.</summary>
    internal T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>Connects to the bus.</summary>
    internal Task<DaemonClient> ConnectAsync() => DaemonClient.ConnectAsync(busAddress);

    /// <summary>The kernel's targets.</summary>
    internal Root OpenRoot() => new(targetRoot);
}

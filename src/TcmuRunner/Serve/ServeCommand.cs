// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Handlers;
using TcmuRunner.Io;
using TcmuRunner.Iscsi;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Logging;
using TcmuRunner.Scsi;

namespace TcmuRunner.Serve;

/// <summary><c>tcmu-runner serve</c>: disks over iSCSI with nothing set up before. The log goes to standard error.</summary>
internal static class ServeCommand
{
    /// <summary>Serves until a signal says stop.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="DaemonException">A disk or a portal cannot be opened.</exception>
    internal static async Task<int> RunAsync(ServeArguments arguments)
    {
        using var output = new LogOutput(interactive: true);
        LogVerbosity verbosity = arguments.Debug ? LogVerbosity.DebugScsiCommands : LogVerbosity.Warning;
        using var factory = new SerilogLoggerFactory(
            new LoggerConfiguration()
                .MinimumLevel.Is(LogOutput.ToLevel(verbosity))
                .WriteTo.Async(sinks => sinks.Sink(output))
                .CreateLogger(),
            dispose: true);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = Register(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = Register(PosixSignal.SIGINT, stop);

        var catalog = new HandlerCatalog();
        new HandlerLoader(factory.CreateLogger<HandlerLoader>()).Load(arguments.HandlerPath, catalog);
        var options = new IscsiFrontOptions();
        var units = new List<LogicalUnit>();
        await using var front = new IscsiFront(options, factory.CreateLogger<IscsiFront>());
        try
        {
            foreach (ServedDisk disk in arguments.Disks)
            {
                units.Add(await OpenAsync(arguments, disk, options, catalog, factory));
            }

            await front.StartAsync(CancellationToken.None);
            await front.ApplyAsync(ConfigurationOf(arguments, units), CancellationToken.None);
            Announce(arguments.Target, front.Portals, units);
            await stop.Task;
        }
        catch (Exception exception) when (exception is HandlerException or IscsiException)
        {
            throw new DaemonException(DaemonErrorKind.CannotServe, exception.Message, exception);
        }
        finally
        {
            await front.StopAsync(CancellationToken.None);
            foreach (LogicalUnit unit in units)
            {
                await unit.DisposeAsync();
            }
        }

        return 0;
    }

    private static PosixSignalRegistration Register(PosixSignal signal, TaskCompletionSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.TrySetResult();
    });

    private static ValueTask<LogicalUnit> OpenAsync(
        ServeArguments arguments, ServedDisk disk, IscsiFrontOptions options, HandlerCatalog catalog, ILoggerFactory factory)
    {
        var unitOptions = new LogicalUnitOptions
        {
            Name = disk.Configuration,
            Configuration = disk.Configuration,
            BlockSizeBytes = disk.BlockSizeBytes,
            SizeBytes = disk.SizeBytes,
            KnowsInitiators = true,
            IsRemovable = disk.IsRemovable,
            MaximumTransferBlocks = (uint)(options.MaximumTransferBytes / Math.Max(disk.BlockSizeBytes, 1)),
            Environment = new ServedUnit(arguments.Target, disk.Configuration),
        };
        return LogicalUnit.OpenAsync(catalog, new AsyncFileSystem(), unitOptions, factory.CreateLogger<LogicalUnit>(), CancellationToken.None);
    }

    private static TargetConfiguration ConfigurationOf(ServeArguments arguments, List<LogicalUnit> units)
    {
        var group = new PortalGroup
        {
            Tag = ServedPorts.Tag,
            Portals = [.. arguments.PortalsOrDefault.Select(endPoint => new Portal(endPoint))],
            Luns = [.. units.Select((unit, number) => new LunMapping((ushort)number, unit))],
            AllowsAnyInitiator = true,
        };
        return new TargetConfiguration { Nodes = [new TargetNode { Name = arguments.Target, PortalGroups = [group] }] };
    }

    // One line for each disk, as qemu-img, iscsi-ls and others take it.
    private static void Announce(string target, IReadOnlyList<IPEndPoint> portals, List<LogicalUnit> units)
    {
        for (int number = 0; number < units.Count; number++)
        {
            foreach (IPEndPoint portal in portals)
            {
                Console.WriteLine($"iscsi://{Reachable(portal)}/{target}/{number}   {units[number].Name}, {units[number].BlockCount * units[number].BlockSizeBytes} bytes");
            }
        }

        Console.Out.Flush();
    }

    private static IPEndPoint Reachable(IPEndPoint portal) => portal.Address switch
    {
        var address when address.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, portal.Port),
        var address when address.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, portal.Port),
        _ => portal,
    };
}

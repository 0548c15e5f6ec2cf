// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using TcmuRunner.Ctl.Output;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl create</c>: a device in configfs, after its handler has said that it can be opened.</summary>
internal static class CreateCommand
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var name = new Argument<string>("name") { Description = "The device's name: no blanks, no '/'." };
        var configuration = new Argument<string>("configuration") { Description = "The configuration string, as in file//srv/disk1.img." };
        var size = new Option<ulong?>("--size") { Description = "Its size, as in 10G.", Required = true, CustomParser = CommandLine.ParseSize };
        var serial = new Option<string?>("--serial") { Description = "Its unit serial number; default: a new one." };
        var control = new Option<string?>("--control") { Description = "Settings for the kernel, as in hw_block_size=4096,max_data_area_mb=64." };
        var sectors = new Option<int?>("--max-sectors") { Description = "The longest command, in blocks." };
        var command = new Command("create", "Make a device.") { name, configuration, size, serial, control, sectors };
        act(command, context => RunAsync(
            context, context.Get(name), context.Get(configuration), context.Get(size)!.Value, context.Get(serial), context.Get(control), context.Get(sectors)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(
        CommandContext context, string name, string configuration, ulong bytes, string? serial, string? control, int? sectors)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        (bool isValid, string message) = await daemon.CheckAsync(configuration);
        if (!isValid)
        {
            throw new CtlException(ExitStatus.Failed, $"'{configuration}' cannot be opened: {message}", "'tcmuctl handlers' shows the grammar.");
        }

        // The kernel waits in this for the daemon, which opens the device.
        var storage = new UserStorageObject(context.OpenRoot(), name, configuration, checked((long)bytes), serial, sectors, control);
        DeviceInfo device = await WaitAsync(daemon, string.Join('/', storage.Path.Split('/')[^2..]), context.CancellationToken);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(DeviceJson.Of(device));
        }
        else
        {
            context.Terminal.Line($"{device.Name} is {device.Facts.State}: {ByteSize.Format(device.Facts.SizeBytes)} from {device.Facts.Configuration}.");
            context.Terminal.Line($"Give it to this machine with 'tcmuctl export {device.Name}'.");
        }

        return ExitStatus.Done;
    }

    // It shows on the bus a moment after the kernel has it.
    private static async Task<DeviceInfo> WaitAsync(DaemonClient daemon, string configFsName, CancellationToken cancellationToken)
    {
        var changed = new SemaphoreSlim(0);
        using IDisposable watch = await daemon.WatchAsync(_ => changed.Release());
        for (DateTime end = DateTime.UtcNow + s_limit; DateTime.UtcNow < end;)
        {
            if ((await daemon.GetDevicesAsync()).FirstOrDefault(device => device.Facts.ConfigFsName == configFsName) is { } device)
            {
                return device;
            }

            await changed.WaitAsync(s_limit, cancellationToken);
        }

        throw new CtlException(ExitStatus.Failed, $"The kernel has {configFsName}, but the daemon does not show it.", "Its log may tell why.");
    }
}

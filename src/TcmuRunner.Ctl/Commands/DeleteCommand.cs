// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl delete</c> and <c>tcmuctl unexport</c>.</summary>
internal static class DeleteCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        Argument<string> device = CommandLine.DeviceArgument();
        var force = new Option<bool>("--force") { Description = "Also when it is exported: initiators lose it." };
        var delete = new Command("delete", "Remove a device; what is stored behind it stays.") { device, force };
        act(delete, context => DeleteAsync(context, context.Get(device), context.Get(force)));
        root.Add(delete);

        Argument<string> exported = CommandLine.DeviceArgument();
        var unexport = new Command("unexport", "Take a device away from every initiator.") { exported };
        act(unexport, context => UnexportAsync(context, context.Get(exported)));
        root.Add(unexport);
    }

    private static async Task<ExitStatus> DeleteAsync(CommandContext context, string name, bool force)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        Root root = context.OpenRoot();
        IReadOnlyList<Lun> exports = Exports.Of(root, device);
        if (exports.Count > 0 && !force)
        {
            throw new CtlException(
                ExitStatus.Failed, $"{device.Name} is exported: {string.Join(", ", exports)}.", $"'tcmuctl unexport {device.Name}' first, or add --force.");
        }

        Remove(exports);
        new UserStorageObject(root, device.Name).Delete();
        context.Terminal.Line(context.Terminal.IsJson ? "{}" : $"{device.Name} is removed; what {device.Facts.Configuration} names stays.");
        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> UnexportAsync(CommandContext context, string name)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        DeviceInfo device = await daemon.FindDeviceAsync(name);
        IReadOnlyList<Lun> exports = Exports.Of(context.OpenRoot(), device);
        if (exports.Count == 0)
        {
            throw new CtlException(ExitStatus.NotFound, $"{device.Name} is not exported.");
        }

        string[] names = [.. exports.Select(lun => lun.ToString())];
        Remove(exports);
        context.Terminal.Line(context.Terminal.IsJson ? "{}" : $"{device.Name} is no longer {string.Join(", ", names)}.");
        return ExitStatus.Done;
    }

    // A target without LUNs goes with its last one: 'export' made it, or nobody can use it.
    private static void Remove(IReadOnlyList<Lun> exports)
    {
        foreach (Lun lun in exports)
        {
            Target target = lun.Tpg.Target;
            lun.Delete();
            if (target.Tpgs.All(tpg => !tpg.Luns.Any()))
            {
                target.Delete();
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Tests;

/// <summary>modprobe for a <see cref="FakeConfigFs"/>: only the modules that are installed can be loaded.</summary>
internal sealed class FakeSystem(FakeConfigFs files) : ISystemCommands
{
    internal HashSet<string> Installed { get; } = ["vhost_scsi"];

    internal List<string> Asked { get; } = [];

    public string? LoadModule(string name)
    {
        Asked.Add(name);
        if (!Installed.Contains(name))
        {
            return $"Module {name} not found.";
        }

        files.Loaded.UnionWith(FabricDescription.All.Where(fabric => fabric.KernelModule == name).Select(fabric => fabric.Directory));
        return null;
    }

    public string? MountConfigFs() => "not here";
}

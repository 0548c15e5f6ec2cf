// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Diagnosis;

/// <summary>Where the system's files are. The defaults are where every distribution has them; tests use directories of their own.</summary>
internal sealed record SystemPaths
{
    public string ConfigFsTarget { get; init; } = "/sys/kernel/config/target";

    public string Module { get; init; } = "/sys/module/target_core_user";

    public string Modules { get; init; } = "/sys/module";

    public IReadOnlyList<string> PolicyFolders { get; init; } = ["/usr/share/dbus-1/system.d", "/etc/dbus-1/system.d"];

    public string Proc { get; init; } = "/proc";
}

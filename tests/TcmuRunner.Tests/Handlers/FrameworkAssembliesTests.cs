// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Handlers;

namespace TcmuRunner.Tests.Handlers;

/// <summary>What a handler may take from .NET, installed beside the daemon or inside it.</summary>
public sealed class FrameworkAssembliesTests
{
    [Theory]
    [InlineData("System.Runtime", true)]
    [InlineData("Serilog", false)]
    [InlineData("tcmu-runner", false)]
    [InlineData("Nowhere", false)]
    public void An_installed_framework_is_told_from_the_programs_own_files(string name, bool expected) =>
        Assert.Equal(expected, FrameworkAssemblies.Contains(name));

    [Fact]
    public void A_bundled_framework_is_told_by_its_runtime_packs()
    {
        HashSet<string> names = FrameworkAssemblies.ReadBundled("""
            {
              "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0/linux-x64", "signature": "" },
              "targets": {
                ".NETCoreApp,Version=v10.0": {},
                ".NETCoreApp,Version=v10.0/linux-x64": {
                  "tcmu-runner/0.1.0": { "runtime": { "tcmu-runner.dll": {} } },
                  "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/10.0.12": { "runtime": { "System.Runtime.dll": {} }, "native": { "libcoreclr.so": {} } },
                  "runtimepack.Microsoft.AspNetCore.App.Runtime.linux-x64/10.0.12": { "runtime": { "Microsoft.AspNetCore.dll": {} } },
                  "Serilog/3.1.1": { "runtime": { "lib/net7.0/Serilog.dll": {} } }
                }
              }
            }
            """u8.ToArray());

        Assert.Equal(["Microsoft.AspNetCore", "System.Runtime"], names.Order());
    }
}

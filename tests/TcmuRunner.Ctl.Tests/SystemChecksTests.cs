// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Ctl.Diagnosis;

namespace TcmuRunner.Ctl.Tests;

/// <summary>What the doctor finds on machines of our making.</summary>
public sealed class SystemChecksTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tcmu-doctor-").FullName;

    private SystemPaths Paths => new()
    {
        ConfigFsTarget = $"{_folder}/target",
        Module = $"{_folder}/module/target_core_user",
        Modules = $"{_folder}/module",
        PolicyFolders = [$"{_folder}/policy"],
        Proc = $"{_folder}/proc",
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_machine_without_anything_has_a_remedy_for_each()
    {
        Directory.CreateDirectory(Paths.Proc);

        Finding[] problems = [.. SystemChecks.Run(Paths).Where(finding => finding.Result == FindingResult.Problem)];

        Assert.Equal(["kernel module", "configfs", "bus policy", "process"], problems.Select(finding => finding.Check).Where(check => !check.StartsWith("library", StringComparison.Ordinal)));
        Assert.All(problems, finding => Assert.False(string.IsNullOrEmpty(finding.Remedy)));
    }

    [Fact]
    public void A_machine_with_everything_has_no_problem()
    {
        Prepare("unblocked\n", processes: 1);

        Assert.DoesNotContain(SystemChecks.Run(Paths), finding => finding.Result == FindingResult.Problem && !finding.Check.StartsWith("library", StringComparison.Ordinal));
    }

    [Fact]
    public void Netlink_that_is_held_back_is_found()
    {
        Prepare("blocked\n", processes: 1);

        Assert.Equal(FindingResult.Problem, SystemChecks.Run(Paths).Single(finding => finding.Check == "netlink").Result);
    }

    [Fact]
    public void Two_daemons_are_worth_knowing()
    {
        Prepare("unblocked\n", processes: 2);

        Finding found = SystemChecks.Run(Paths).Single(finding => finding.Check == "process");

        Assert.Equal(FindingResult.Note, found.Result);
        Assert.Contains("100, 101", found.Detail, StringComparison.Ordinal);
    }

    private void Prepare(string netlink, int processes)
    {
        Directory.CreateDirectory(Paths.ConfigFsTarget);
        Directory.CreateDirectory($"{Paths.Module}/parameters");
        File.WriteAllText($"{Paths.Module}/parameters/block_netlink", netlink);
        Directory.CreateDirectory(Paths.PolicyFolders[0]);
        File.WriteAllText($"{Paths.PolicyFolders[0]}/tcmu-runner.conf", "");
        for (int process = 0; process < processes; process++)
        {
            Directory.CreateDirectory($"{Paths.Proc}/{100 + process}");
            File.WriteAllText($"{Paths.Proc}/{100 + process}/comm", "tcmu-runner\n");
        }
    }
}

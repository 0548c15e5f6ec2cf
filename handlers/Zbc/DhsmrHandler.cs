// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// The same handler under the name that a fork of the C program gave it: <c>dhsmr/option/...@/path</c>. A new disk has zone domains, and speaks
/// the draft that the fork spoke.
/// </summary>
public sealed class DhsmrHandler : IHandler
{
    internal const string Subtype = "dhsmr";

    private static readonly DeviceProfile s_default = DeviceProfile.Find("ZD_SOBR")!;

    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = Subtype,
        DisplayName = "Zoned disk with zone domains",
        ConfigurationHelp = ZbcConfiguration.Help.Replace("zbc/", "dhsmr/", StringComparison.Ordinal),
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ZbcOpener.Check(configuration, s_default);

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        ZbcOpener.OpenAsync(request, s_default, Dialect.Draft5, cancellationToken);
}

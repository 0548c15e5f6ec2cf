// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Zbc.ZbcHandler))]
[assembly: Handler(typeof(TcmuRunner.Handlers.Zbc.DhsmrHandler))]

namespace TcmuRunner.Handlers.Zbc;

/// <summary>A disk with zones: <c>zbc//path</c> or <c>zbc/option/...@/path</c>; a new one is host managed.</summary>
public sealed class ZbcHandler : IHandler
{
    private static readonly DeviceProfile s_default = DeviceProfile.Find("HM_ZONED_1PCNT_B")!;

    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "zbc",
        DisplayName = "Zoned disk",
        ConfigurationHelp = ZbcConfiguration.Help,
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ZbcOpener.Check(configuration, s_default);

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        ZbcOpener.OpenAsync(request, s_default, Dialect.Zbc2, cancellationToken);
}
